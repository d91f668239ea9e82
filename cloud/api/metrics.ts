import { threadMemory, watchLoop } from "../../shared/node/threads.ts";
import type { History } from "../archive/history.ts";
import type { Keeping } from "../archive/keeping.ts";
import type { Contacts } from "../live/contacts.ts";
import type { Live } from "../live/live.ts";
import type { Api } from "./answers.ts";
import type { Measures } from "./measures.ts";
import { alarmsOf } from "./rig-summary.ts";

type Row = [Record<string, string>, number];

/** Numbers of one answer are of one moment: what several of them need is asked for once in this time, ms. */
const MOMENT_MS = 500;

function forAWhile<T>(ask: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at > MOMENT_MS) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}

/** `GET /metrics`: Prometheus text. What concerns rigs is read from the archive when asked. */
export function metrics(
  app: Api,
  measures: Measures,
  history: History,
  contacts: Contacts,
  live: Pick<Live, "connections">,
  keeping: () => Keeping,
): void {
  processGauges(measures);
  keepingGauges(measures, keeping);
  measures.gauge("active_websocket_connections", "Sockets open", [], async () => [[{}, live.connections()]]);
  measures.gauge("idrill_ingest_counted", "What ingest counted, by what", ["what"], async () =>
    Object.entries(await history.counters()).map(([what, count]): Row => [{ what }, count]),
  );
  archiveGauges(measures, history);
  rigGauges(measures, history, contacts);
  app.get("/metrics", async (c) => {
    const text = await measures.text();
    return c.body(text, 200, { "content-type": measures.contentType });
  });
}

function processGauges({ gauge }: Measures): void {
  const loop = watchLoop();
  const memory = forAWhile(threadMemory);
  const heaps = (name: string, help: string, of: "used" | "total" | "external") =>
    gauge(name, help, ["thread"], async () =>
      (await memory()).flatMap(({ thread, heap }): Row[] => (heap === null ? [] : [[{ thread }, heap[of]]])),
    );
  gauge("idrill_process_resident_bytes", "Memory of the process", [], async () => [[{}, process.memoryUsage.rss()]]);
  gauge("idrill_array_buffers_bytes", "Of the main thread", [], async () => [[{}, process.memoryUsage().arrayBuffers]]);
  heaps("idrill_thread_heap_used_bytes", "What lives in a thread's heap, or is not collected yet", "used");
  heaps("idrill_thread_heap_bytes", "What a thread's heap takes", "total");
  heaps("idrill_thread_external_bytes", "What a thread holds outside of its heap", "external");
  gauge("idrill_thread_busy_seconds", "Since a busy thread told its memory, 0 where it answers", ["thread"], async () =>
    (await memory()).map(({ thread, busyS }): Row => [{ thread }, busyS]),
  );
  gauge(
    "idrill_loop_delay_p99_seconds",
    "How late the main thread was in the last one to two minutes",
    [],
    async () => [[{}, loop.p99S()]],
  );
}

function keepingGauges({ gauge }: Measures, keeping: () => Keeping): void {
  const told = (name: string, help: string, of: (state: Keeping) => number) =>
    gauge(name, help, [], async () => [[{}, of(keeping())]]);
  told("idrill_landing_up", "1 while what rigs send is stored", ({ problem }) => (problem === null ? 1 : 0));
  told("idrill_landing_refused", "Messages that could not be stored since the start", ({ refused }) => refused);
  told("idrill_archive_damages", "Found not to be as written since the start", ({ damages }) => damages);
  told("idrill_archive_asked_again", "Frames asked for again since the start", ({ askedAgain }) => askedAgain);
  told("idrill_archive_set_aside", "Damaged files set aside since the start", ({ setAside }) => setAside.length);
  gauge("idrill_compaction_set_aside", "1 for a rig whose batches cannot be compacted", ["rig"], async () =>
    keeping().aside.map(({ rig }): Row => [{ rig }, 1]),
  );
  gauge("idrill_archive_checked_seconds", "When all of the archive was last checked, Unix time", [], async () => {
    const { scrubbed } = keeping();
    return scrubbed === null ? [] : [[{}, scrubbed.at / 1_000]];
  });
}

function archiveGauges({ gauge }: Measures, history: History): void {
  const facts = forAWhile(() => history.facts());
  gauge("idrill_archive_waiting_batches", "Batches that wait for compaction", [], async () => [
    [{}, (await facts()).waiting],
  ]);
  gauge("idrill_archive_damaged_frames", "Frames that were damaged and are not here again", [], async () => [
    [{}, (await facts()).damaged],
  ]);
  gauge("idrill_archive_bytes", "Size of the archive's file", [], async () => [[{}, (await facts()).bytes]]);
}

function rigGauges({ gauge }: Measures, history: History, contacts: Contacts): void {
  const rigs = forAWhile(async () => {
    const known = await history.rigs();
    return Promise.all(
      known.map(async ({ rig }) => ({ rig, contact: contacts.of(rig, await history.rig(rig), Date.now()) })),
    );
  });
  const coverage = forAWhile(() => coverages(history));
  const one = (rig: string, value: number | null): Row[] => (value === null ? [] : [[{ rig }, value / 1_000]]);
  gauge("idrill_rig_seen_seconds", "Since something of the rig came", ["rig"], async () =>
    (await rigs()).flatMap(({ rig, contact: { seenAt } }) => one(rig, seenAt === null ? null : Date.now() - seenAt)),
  );
  gauge("idrill_rig_lag_seconds", "From the rig to here, of the newest live frame", ["rig"], async () =>
    (await rigs()).flatMap(({ rig, contact: { lagMs } }) => one(rig, lagMs)),
  );
  gauge("idrill_rig_lost_beyond_frames", "Lost, in more ranges than are kept of a rig", ["rig"], async () =>
    (await rigs()).flatMap(({ rig, contact: { lostBeyond } }): Row[] =>
      lostBeyond === null ? [] : [[{ rig }, lostBeyond]],
    ),
  );
  gauge("idrill_rig_complete_to_seconds", "All before is stored or accounted for, Unix time", ["rig"], async () =>
    (await coverage()).flatMap(({ rig, completeTo }) => one(rig, completeTo)),
  );
  gauge("idrill_rig_frames", "Frames by what is held of them", ["rig", "stream", "state"], async () =>
    (await coverage()).flatMap(heldFrames),
  );
  gauge("idrill_alarms_open", "Alarms that are not normal", ["rig", "priority"], async () =>
    (await Promise.all((await history.rigs()).map(({ rig }) => openAlarms(history, rig)))).flat(),
  );
}

/** Of every rig, one after the other: the thread that says it has other questions too. */
async function coverages(history: History) {
  const now = Date.now();
  const all: (Coverage & { rig: string })[] = [];
  for (const { rig } of await history.rigs()) all.push({ rig, ...(await history.coverage(rig, now - 1, now, null)) });
  return all;
}

type Coverage = Awaited<ReturnType<History["coverage"]>>;

function heldFrames({ rig, held }: Coverage & { rig: string }): Row[] {
  const sums = new Map<string, Row>();
  for (const { stream, ranges } of held) {
    for (const { state, first, last } of ranges) {
      const row = sums.get(`${stream} ${state}`) ?? [{ rig, stream, state }, 0];
      row[1] += last - first + 1;
      sums.set(`${stream} ${state}`, row);
    }
  }
  return [...sums.values()];
}

async function openAlarms(history: History, rig: string): Promise<Row[]> {
  const alarms = await alarmsOf(history, rig);
  return [1, 2, 3, 4].map((priority) => [
    { rig, priority: String(priority) },
    alarms.filter((alarm) => alarm.priority === priority).length,
  ]);
}
