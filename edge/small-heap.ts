// Imported before all else: the heaps of this process and of its workers stay small instead of growing in advance. Readings lie in typed arrays
// outside of them, so what is collected in between is little.
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--optimize-for-size");
/** MB, of each thread's young generation; V8 would take 16. */
setFlagsFromString("--max-semi-space-size=2");
