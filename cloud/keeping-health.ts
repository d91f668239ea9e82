import type { Probe } from "../shared/domain/api.ts";
import type { Keeping } from "./archive/keeping.ts";

type Said = Pick<Probe, "status" | "message">;

/** Whether what rigs send is stored. While it is not, they keep it; everything else goes on. */
export function landingOf({ problem, refused }: Keeping): Said {
  if (problem === null) return { status: "healthy", message: "what rigs send is stored" };
  return {
    status: "unhealthy",
    message: `nothing is stored: ${problem}; ${refused} messages were refused since the start`,
  };
}

/** Whether what waits is compacted, of every rig. */
export function compactionOf({ aside, waiting }: Keeping): Said {
  if (aside.length === 0) return { status: "healthy", message: `${waiting} batches wait` };
  const rigs = aside.map(({ rig, problem }) => `${rig} (${problem})`).join(", ");
  return { status: "degraded", message: `stays as it landed, whole and readable, and is tried again: ${rigs}` };
}

/** Whether the archive is as it was written. `damaged`: frames that were damaged and have not come again. */
export function integrityOf({ damages, setAside, askedAgain, scrubbed }: Keeping, damaged: number): Said {
  const checked =
    scrubbed === null
      ? "the first check of the whole archive is under way"
      : `all of it checked ${new Date(scrubbed.at).toISOString()}`;
  if (damaged > 0)
    return {
      status: "degraded",
      message: `${damaged} frames were damaged and are not here again; rigs are asked for them`,
    };
  if (setAside.length > 0)
    return {
      status: "degraded",
      message: `a damaged archive was set aside (${setAside.length}); ${askedAgain} frames asked for again`,
    };
  return {
    status: "healthy",
    message: damages === 0 ? checked : `${damages} damages mended since the start; ${checked}`,
  };
}
