import { z } from "zod";

const Values = z.object({ tag: z.array(z.number()), at: z.array(z.number()), quality: z.array(z.string()) });
const Told = z.object({ values: Values.optional() });

/** What a screen was told by one event of the stream. */
export interface Shown {
  event: string;
  /** When its last byte was here, ms UTC with fractions. */
  arrivedAt: number;
  values: z.infer<typeof Values> | null;
}

/** An open screen of the rig: takes the stream of events as a browser does, without painting. */
export interface Screen {
  events(): number;
  close(): void;
}

/** Opens it; `parse` false only counts the events. Stops quietly when the daemon ends. */
export async function openScreen(
  port: number,
  shown: (what: Shown) => void = () => undefined,
  parse = true,
): Promise<Screen> {
  const closing = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/hmi/events`, { signal: closing.signal });
  if (!response.ok || response.body === null) throw new Error(`the rig's screen answers ${response.status}`);
  const { body } = response;
  let events = 0;
  async function take(): Promise<void> {
    let rest = "";
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const arrivedAt = performance.timeOrigin + performance.now();
      const texts = (rest + chunk).split("\n\n");
      rest = texts.pop() ?? "";
      for (const text of texts) {
        const event = /^event: (\w+)$/m.exec(text)?.[1];
        if (event === undefined) continue;
        events += 1;
        if (!parse) continue;
        const data = Told.safeParse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "{}"));
        shown({ event, arrivedAt, values: data.data?.values ?? null });
      }
    }
  }
  // The stream breaks when either side ends; whoever needs more looks at what was shown.
  take().catch(() => undefined);
  return { events: () => events, close: () => closing.abort() };
}
