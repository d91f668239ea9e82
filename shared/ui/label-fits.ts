/** Whether a label that is centred on its moment (at `share` of the axis, %) stays within the axis on the narrowest screen, 390 px. */
export const labelFits = (share: number): boolean => share > 7 && share < 93;
