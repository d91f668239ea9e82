import type { Person } from "../../shared/domain/api.ts";
import type { Identity } from "../auth/auth.ts";

/** What is told of a person: never their id or hash. */
export function personOf({ username, role, rigs }: Identity): Person {
  return { username, role, rigs: rigs === "all" ? "all" : [...rigs].sort() };
}
