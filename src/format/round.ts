/** A limit as a person would write it: `2 GB`, not `2.00 GB`. For a figure with its unit behind a blank. */
export function round(figure: string): string {
  return figure.replace(/\.0+(?= )/, '');
}
