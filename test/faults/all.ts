import { clockFaults } from "./clocks.ts";
import { diskFaults } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { fleetFaults } from "./fleets.ts";
import { linkFaults } from "./links.ts";
import { outages } from "./outages.ts";
import { powerFaults } from "./power.ts";
import { processFaults } from "./processes.ts";
import { restoreFaults } from "./restores.ts";
import { satelliteFaults } from "./satellites.ts";
import { soak } from "./soak.ts";

/** Every fault, in the order in which they are run. */
export const all: readonly Fault[] = [
  ...outages,
  ...processFaults,
  ...diskFaults,
  ...powerFaults,
  ...linkFaults,
  ...satelliteFaults,
  ...fleetFaults,
  ...clockFaults,
  ...restoreFaults,
  soak,
];
