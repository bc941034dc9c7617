/** Figures and foreign text for people's eyes; pure, and imports nothing of ours. */
export { BLOCK_BYTES, formatBlocks, formatBytes } from './bytes.ts';
export { formatCount, formatThousands } from './count.ts';
export { changeText, type Factor, formatFactor } from './factor.ts';
export { jsonText } from './json.ts';
export { formatDuration, formatMs } from './ms.ts';
export { percent } from './percent.ts';
export { formatProjected } from './projected.ts';
export { round } from './round.ts';
export { sanitize } from './sanitize.ts';
export { visibleSql } from './sql.ts';
