import type { Context } from "hono";
import type { RigId } from "../../shared/domain/id.ts";
import type { History } from "../archive/history.ts";
import { type ApiEnv, granted, whoOf } from "./guard.ts";

/** The rig that a query names (the guard has let it in), or all with data that the person may see. */
export async function askedRigs(
  c: Context<ApiEnv>,
  history: Pick<History, "rigs">,
  named: RigId | undefined,
): Promise<RigId[]> {
  if (named !== undefined) return [named];
  const rigs = await history.rigs();
  return granted(
    whoOf(c),
    rigs.map(({ rig }) => rig),
  );
}
