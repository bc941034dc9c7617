/** Nodes of a plan that are worked through in one step (steps.ts): some ten milliseconds. */
export const STEP = 2048;
