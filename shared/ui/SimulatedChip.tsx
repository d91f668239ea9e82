/** Stands in the top bar of a screen whose readings come from a simulated rig. */
export function SimulatedChip() {
  return <strong class="simulated">SIMULATED</strong>;
}
