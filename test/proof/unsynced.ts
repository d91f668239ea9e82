import { deceive } from "../support/deceived-sqlite.ts";

// Loaded before an edge (`node --import`), into each of its threads: its journal syncs nothing and believes that it does.
deceive("OFF");
