import Database from "better-sqlite3";

// Loaded before a program whose losses are to be seen: a connection that asks for synchronous=FULL runs in NORMAL, and says FULL when asked.
const { pragma } = Database.prototype;

Object.defineProperty(Database.prototype, "pragma", {
  value(this: Database.Database, source: string, options?: Database.PragmaOptions): unknown {
    if (source === "synchronous") return options?.simple === true ? 2 : [{ synchronous: 2 }];
    return pragma.call(this, source.replace(/synchronous *= *FULL/i, "synchronous = NORMAL"), options);
  },
});
