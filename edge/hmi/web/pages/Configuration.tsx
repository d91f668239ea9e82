import type { HmiConfiguration } from "../../../../shared/domain/hmi.ts";
import { zoneOf } from "../../../../shared/ui/format.ts";
import { scrollable } from "../../../../shared/ui/scrollable.ts";
import { CheckAgain, GoBack, TakeFile, WhoMay, whenText } from "../parts/ConfigActs.tsx";
import { ErrorCards } from "../parts/ErrorCards.tsx";
import { layout } from "../settings.ts";
import { now, rig } from "../store.ts";
import { nameOf } from "./Broken.tsx";

/** The configuration's file beside what runs: what is wrong with it, and what can be done about it. What runs goes on meanwhile. */
export function Configuration({ of }: { of: HmiConfiguration }) {
  const zone = zoneOf(rig.value?.timeZone ?? "UTC");
  const wall = now.value.wall;
  const file = nameOf(of.file);
  const when = (at: number) => whenText(at, wall, zone);
  return (
    <main class="broken configuration" tabIndex={layout.value === "phone" ? 0 : undefined}>
      {of.state === "broken" ? (
        <ErrorCards errors={of.errors} file={file} />
      ) : (
        <section class="card error alone">
          <h2>{of.state === "same" ? `${file} is what runs` : `${file} is in order, and is not what runs`}</h2>
          <p>{of.savedAt !== null && `It was saved at ${when(of.savedAt)}. `}Nothing is wrong with it.</p>
        </section>
      )}
      <section class="card working">
        <div>
          <h2>What runs</h2>
          <p>{runsText(of, when)}</p>
        </div>
        <div>
          <h2>The file</h2>
          <p>{of.file}</p>
        </div>
      </section>
      <section class="side scroll" {...scrollable} aria-label="What can be done">
        <section class="card again">
          <h2>
            {of.kept !== null
              ? "Get values back now"
              : of.state === "broken"
                ? "Mend the file"
                : "Run what the file says"}
          </h2>
          {of.kept !== null && (
            <>
              <p>What runs has not given a good value yet.</p>
              <GoBack kept={of.kept} wall={wall} zone={zone} />
            </>
          )}
          {of.state === "differs" && (
            <>
              <p>
                The devices are read by the file's settings from then on. The seconds of the restart show as a gap;
                nothing else is lost.
              </p>
              <TakeFile file={file} />
            </>
          )}
          {of.state === "broken" && <p>Mend the lines shown and save the file. What runs is not touched by that.</p>}
          <CheckAgain word="Check file again" checkedAt={of.checkedAt} zone={zone} />
          {(of.kept !== null || of.state === "differs") && <WhoMay />}
        </section>
      </section>
    </main>
  );
}

function runsText({ earlier, file }: HmiConfiguration, when: (at: number) => string): string {
  if (earlier === null) return `${nameOf(file)} as it was when the rig started.`;
  return `An earlier configuration, good since ${when(earlier.from)}. ${earlier.by} went back to it at ${when(earlier.since)}.`;
}
