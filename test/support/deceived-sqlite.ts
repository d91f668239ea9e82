import Database from "better-sqlite3";

/** From now on a database of this process that asks for `synchronous = FULL` gets another mode, and reads FULL back. */
export function deceive(mode: "NORMAL" | "OFF"): void {
  const { pragma } = Database.prototype;
  Database.prototype.pragma = function (this: Database.Database, source: string, options?: Database.PragmaOptions) {
    if (source === "synchronous") return 2;
    return pragma.call(this, source === "synchronous = FULL" ? `synchronous = ${mode}` : source, options);
  };
}
