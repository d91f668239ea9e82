import { clockFaults } from "./clocks.ts";
import { diskFaults } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { fleetFaults } from "./fleets.ts";
import { hostileFaults } from "./hostile.ts";
import { linkFaults } from "./links.ts";
import { memoryFaults } from "./memory.ts";
import { outages } from "./outages.ts";
import { poisonFaults } from "./poison.ts";
import { powerFaults } from "./power.ts";
import { processFaults } from "./processes.ts";
import { readerFaults } from "./readers.ts";
import { reconfiguredFaults } from "./reconfigured.ts";
import { releaseFaults } from "./releases.ts";
import { restoreFaults } from "./restores.ts";
import { rotFaults } from "./rot.ts";
import { satelliteFaults } from "./satellites.ts";
import { soak } from "./soak.ts";

/** Every fault, in the order in which they are begun: what takes longest first, so that none is waited for alone at the end. */
export const all: readonly Fault[] = [
  ...outages,
  ...linkFaults,
  ...satelliteFaults,
  ...processFaults,
  ...diskFaults,
  ...memoryFaults,
  ...powerFaults,
  ...readerFaults,
  ...rotFaults,
  ...hostileFaults,
  ...poisonFaults,
  ...fleetFaults,
  ...clockFaults,
  ...restoreFaults,
  ...reconfiguredFaults,
  ...releaseFaults,
  soak,
];
