import { Counter, Gauge, Registry } from "prom-client";
import type { HmiCoverage } from "../../shared/domain/hmi.ts";
import { threadMemory } from "../../shared/node/threads.ts";
import type { RigFacts, RigView } from "./rig-view.ts";
import type { Watched } from "./watched.ts";

type Value = [labels: Record<string, string>, value: number | null | undefined];

/** What Prometheus is told of the rig, gathered anew for each question. What is not known, or not in time, is left out. */
export async function metricsOf(
  daemon: RigView,
  { loop, coverage }: Watched,
): Promise<{ text: string; contentType: string }> {
  const register = new Registry();
  const book = { gauge: bookOf(register, Gauge), counter: bookOf(register, Counter) };
  putOutbox(daemon, book);
  const facts = daemon.facts();
  if (facts !== null) {
    putLink(facts, book);
    putPolls(facts, book);
  }
  const alarms = new Map<string, number>();
  for (const { state } of daemon.alarms()) alarms.set(state, (alarms.get(state) ?? 0) + 1);
  book.gauge(
    "idrill_alarms_open",
    "Alarms that are not normal, by state",
    [...alarms].map(([state, count]) => [{ state }, count]),
  );
  const covered = await coverage();
  if (covered !== null) putGaps(covered, book.gauge);
  await putProcess(loop.p99S(), book.gauge);
  return { text: await register.metrics(), contentType: register.contentType };
}

function putGaps({ gaps }: HmiCoverage, gauge: Put): void {
  gauge("idrill_gaps", "Gaps of the last 24 h", [[{}, gaps.length]]);
  const missing = gaps.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
  gauge("idrill_gap_seconds", "Time that the gaps of the last 24 h cover", [[{}, missing / 1_000]]);
}

async function putProcess(loopLateS: number, gauge: Put): Promise<void> {
  const { rss, arrayBuffers } = process.memoryUsage();
  const threads = await threadMemory();
  gauge("idrill_process_resident_bytes", "Memory of the daemon", [[{}, rss]]);
  gauge("idrill_array_buffers_bytes", "Of the main thread", [[{}, arrayBuffers]]);
  const heaps = (of: "used" | "total" | "external"): Value[] =>
    threads.map(({ thread, heap }) => [{ thread }, heap?.[of]]);
  gauge("idrill_thread_heap_used_bytes", "What lives in a thread's heap, and what is not collected yet", heaps("used"));
  gauge("idrill_thread_heap_bytes", "What a thread's heap takes", heaps("total"));
  gauge("idrill_thread_external_bytes", "What a thread holds outside of its heap", heaps("external"));
  gauge(
    "idrill_thread_busy_seconds",
    "Since a busy thread told its memory, 0 where it answers",
    threads.map(({ thread, busyS }) => [{ thread }, busyS]),
  );
  gauge("idrill_loop_delay_p99_seconds", "How late the main thread was in the last one to two minutes", [
    [{}, loopLateS],
  ]);
}

type Put = (name: string, help: string, values: readonly Value[]) => void;

function bookOf(register: Registry, Kind: typeof Gauge | typeof Counter): Put {
  return (name, help, values) => {
    const known = values.flatMap(([labels, value]) => (typeof value === "number" ? [{ labels, value }] : []));
    // The library would say 0 of a metric without any.
    if (known.length === 0) return;
    const labelNames = Object.keys(known[0]?.labels ?? {});
    const metric = new Kind({ name, help, labelNames, registers: [register] });
    for (const { labels, value } of known) metric.inc(labels, value);
  };
}

function putOutbox(daemon: RigView, { gauge }: { gauge: Put }): void {
  const { state, lanes, lastReceiptAt, budget } = daemon.link();
  const storage = daemon.storage();
  const age = (at: number | null) => (at === null ? null : (Date.now() - at) / 1_000);
  gauge("idrill_link_up", "Whether the broker is connected", [[{}, state === "up" ? 1 : 0]]);
  gauge("idrill_receipt_age_seconds", "Since the last receipt", [[{}, age(lastReceiptAt)]]);
  gauge(
    "idrill_outbox_frames",
    "Frames without a receipt",
    lanes.map((each) => [{ lane: each.lane }, each.waitingFrames]),
  );
  gauge(
    "idrill_outbox_bytes",
    "Their size on the disk, about",
    lanes.map((each) => [{ lane: each.lane }, each.waitingBytes]),
  );
  gauge(
    "idrill_outbox_age_seconds",
    "Age of the oldest of them, 0 where none waits",
    lanes.map((each) => [{ lane: each.lane }, each.waitingFrames === 0 ? 0 : age(each.oldestAt)]),
  );
  gauge(
    "idrill_link_spent_bytes",
    "Went over the link in the rolling hour, this day and this month",
    budget?.spent.map(({ span, usedBytes }) => [{ span }, usedBytes]) ?? [],
  );
  gauge(
    "idrill_link_budget_bytes",
    "What may go in that span",
    budget?.spent.map(({ span, limitBytes }) => [{ span }, limitBytes]) ?? [],
  );
  gauge("idrill_journal_used_bytes", "Of the journal's budget", [[{}, storage?.usedBytes]]);
  gauge("idrill_journal_budget_bytes", "The journal's budget", [[{}, storage?.budgetBytes]]);
  gauge("idrill_journal_failed", "Whether nothing can be stored", [
    [{}, storage === null ? null : Number(storage.failed !== null)],
  ]);
}

function putLink({ link, journalFileBytes }: RigFacts, { gauge, counter }: { gauge: Put; counter: Put }): void {
  counter("idrill_link_bytes_total", "Over the connection to the broker, without TLS and TCP", [
    [{ direction: "up" }, link.sentBytes],
    [{ direction: "down" }, link.receivedBytes],
  ]);
  counter("idrill_link_oversized_total", "Connections dropped for a message that was too large", [
    [{}, link.oversized],
  ]);
  counter("idrill_link_refused_total", "Messages without a good signature of the cloud", [[{}, link.refused]]);
  const { lastAnswerAt } = link;
  gauge("idrill_answer_age_seconds", "Since the cloud last answered which frames it holds", [
    [{}, lastAnswerAt === null ? null : (Date.now() - lastAnswerAt) / 1_000],
  ]);
  gauge("idrill_link_bytes_per_second", "The greatest rate that the link bore of late", [[{}, link.bytesPerSecond]]);
  gauge("idrill_journal_file_bytes", "The journal's file, free pages included", [[{}, journalFileBytes]]);
}

function putPolls({ devices, model }: RigFacts, { gauge, counter }: { gauge: Put; counter: Put }): void {
  const by = (of: (device: RigFacts["devices"][number]) => number | null): Value[] =>
    devices.map((device) => [{ device: device.name }, of(device)]);
  counter(
    "idrill_polls_total",
    "Rounds of a device's tags",
    by(({ polls }) => polls),
  );
  counter(
    "idrill_poll_seconds_total",
    "Time that they took",
    by(({ pollSeconds }) => pollSeconds),
  );
  counter(
    "idrill_requests_total",
    "Requests to a device",
    by(({ requests }) => requests),
  );
  counter(
    "idrill_request_failures_total",
    "Requests without a good answer",
    by(({ failures }) => failures),
  );
  gauge(
    "idrill_device_connected",
    "Whether a device is connected",
    by(({ connected }) => Number(connected)),
  );
  gauge(
    "idrill_last_good_poll_seconds",
    "When a round last brought a good reading, Unix time",
    by(({ lastGoodAt }) => (lastGoodAt === null ? null : lastGoodAt / 1_000)),
  );
  counter(
    "idrill_readings_total",
    "Readings by quality",
    devices.flatMap((device) =>
      (["good", "uncertain", "bad"] as const).map(
        (quality): Value => [{ device: device.name, quality }, device[quality]],
      ),
    ),
  );
  if (model === null) return;
  const name = { model: model.name };
  counter("idrill_model_answers_total", "Ticks that the model answered", [[name, model.answers]]);
  counter("idrill_model_seconds_total", "From a tick offered to its answer", [[name, model.seconds]]);
  counter("idrill_model_refusals_total", "Answers without a score", [[name, model.refusals]]);
}
