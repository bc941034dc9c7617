/** SQL on what a table consists of, for those who may not import database/. */
export { rowsOf, treeOf } from '../database/parts.ts';
