import type { HmiCoverage } from "../../../../shared/domain/hmi.ts";
import { spanText, zoneOf } from "../../../../shared/ui/format.ts";
import { useAsked } from "../asked.ts";
import { heldText } from "../budget.ts";
import { noAnswer } from "../link-words.ts";
import { missingMs } from "../missing.ts";
import { behindText, owedText } from "../owed-words.ts";
import { BudgetCard } from "../parts/BudgetCard.tsx";
import { CoverageCard, GapList } from "../parts/CoverageCard.tsx";
import { DiskCard } from "../parts/DiskCard.tsx";
import { LanesCard } from "../parts/LanesCard.tsx";
import { layout } from "../settings.ts";
import { fault, heardAt, link, live, now, rig, storage, tags } from "../store.ts";

const DAY_MS = 86_400_000;
const STEP_MS = 10_000;

/** Is it all here, and what is on its way: four answers, the lanes, coverage at rig and cloud, gaps with reasons, the disk. */
export function Link() {
  const zone = zoneOf(rig.value?.timeZone ?? "UTC");
  const to = Math.floor(now.value.wall / STEP_MS) * STEP_MS;
  const asked = useAsked<HmiCoverage>(to === 0 ? null : `./api/v1/hmi/coverage?from=${to - DAY_MS}&to=${to}`);
  const broken = fault.value !== null && rig.value === null;
  const coverage = broken ? null : asked.answer;
  const trouble = broken ? "nothing runs while the configuration is broken" : asked.trouble;
  const asOf = live.silentFor.value === null ? null : `as of ${zone.time(heardAt.value)}`;
  return (
    <main class={`linkpage${asOf !== null ? " lost" : ""}`} tabIndex={layout.value === "phone" ? 0 : undefined}>
      <Answers coverage={coverage} trouble={trouble} asOf={asOf} />
      {link.value !== null && !broken && (
        <LanesCard
          link={link.value}
          labels={new Map(tags.value.map(({ id, label }) => [id, label]))}
          wall={now.value.wall}
          zone={zone}
          asOf={asOf}
        />
      )}
      {link.value?.budget != null && !broken && (
        <BudgetCard budget={link.value.budget} wall={now.value.wall} zone={zone} />
      )}
      {storage.value !== null && !broken && <DiskCard storage={storage.value} wall={now.value.wall} />}
      <CoverageCard
        coverage={coverage}
        trouble={trouble}
        completeTo={broken ? null : (link.value?.completeTo ?? null)}
        zone={zone}
      />
      <GapList gaps={coverage?.gaps ?? null} trouble={trouble} zone={zone} />
    </main>
  );
}

function Answers({
  coverage,
  trouble,
  asOf,
}: {
  coverage: HmiCoverage | null;
  trouble: string | null;
  asOf: string | null;
}) {
  const zone = zoneOf(rig.value?.timeZone ?? "UTC");
  const wall = now.value.wall;
  const at = fault.value === null || rig.value !== null ? link.value : null;
  const complete = at?.completeTo ?? null;
  const missing = coverage === null ? null : missingMs(coverage.gaps, coverage.from, coverage.to);
  const room = storage.value?.roomMs ?? null;
  const backfill = at?.lanes.find(({ lane }) => lane === "backfill");
  const waiting = backfill !== undefined && backfill.waitingFrames > 0;
  const silent = at === null ? null : noAnswer(at, wall);
  const isHeld = at?.budget != null && at.budget.backfillHeldBy !== null;
  const done =
    at?.state !== "up" || silent !== null
      ? "Not known"
      : !waiting
        ? "Now"
        : isHeld || at.doneAt === null
          ? "Not known"
          : zone.minute(at.doneAt);
  return (
    <section class="card answers" aria-label="Is it all here?">
      <Answer
        question="Cloud complete to"
        answer={complete === null ? "Not known" : zone.time(complete)}
        note={asOf ?? (at === null ? "the rig box does not say" : behindText(at, wall))}
      />
      <Answer question="All there at about" answer={done} note={asOf ?? doneNote()} />
      <Answer
        question="Missing in 24 h"
        answer={missing === null ? "Not known" : missing === 0 ? "Nothing" : spanText(missing)}
        note={
          asOf ??
          (missing === null
            ? trouble === null
              ? "reading the journal"
              : "the journal is not read"
            : gapsText(coverage?.gaps.length ?? 0))
        }
      />
      <Answer
        question="Room without link"
        answer={room !== null ? spanText(room) : storage.value === null ? "Not known" : "Measuring"}
        note={asOf ?? rateNote()}
      />
    </section>
  );

  function doneNote(): string {
    if (at === null) return "the rig box does not say";
    if (at.state !== "up") return "the link is not up";
    if (silent !== null) return silent;
    if (!waiting) return owedText(at.lanes) === null ? "nothing waits" : "only the newest seconds are on their way";
    const held = at.budget === null ? null : heldText(at.budget, zone);
    if (held !== null) return held;
    return at.doneAt === null ? "the rate is being measured" : "at the present rate";
  }
}

function rateNote(): string {
  const rate = storage.value?.bytesPerDay ?? null;
  if (storage.value === null) return "the rig box does not say";
  return rate === null ? "how fast the disk fills" : `at ${(rate / 1e6).toFixed(1)} MB a day`;
}

function gapsText(count: number): string {
  return count === 0 ? "no gap" : count === 1 ? "1 gap, with its reason" : `${count} gaps, each with its reason`;
}

function Answer({ question, answer, note }: { question: string; answer: string; note: string }) {
  return (
    <div class="answer">
      <span class="question">{question}</span>
      <strong class={/\d/.test(answer) ? "" : "words"}>{answer}</strong>
      <span class="label">{note}</span>
    </div>
  );
}
