import { spanText } from "../../../../shared/ui/format.ts";
import { ScreenLostBar } from "../../../../shared/ui/ScreenLostBar.tsx";
import { askFleet } from "../fleet.ts";
import { line, serverSilent } from "../line.ts";

/** Stands over a page while the office server is silent: nothing below is live. */
export function Lost() {
  const live = line.value;
  const silent = serverSilent.value;
  if (silent === null) return null;
  return (
    <ScreenLostBar
      what="the office server"
      age={spanText(silent)}
      nextTryS={live === null ? null : live.nextTryS.value}
      advice="The rigs go on and keep everything."
      tryNow={live === null ? askFleet : live.tryNow}
    />
  );
}
