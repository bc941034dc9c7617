/** Colors of the drawn terminal. */

export interface Theme {
  readonly background: string;
  readonly foreground: string;
  /** The 16 colors of the palette: black, red, green, yellow, blue, magenta, cyan, white; then the bright ones. */
  readonly palette: readonly string[];
  readonly bar: string;
  readonly title: string;
  readonly border: string;
  /** How much of the background shows through dim text, 0…1. */
  readonly fade: number;
}

export const DARK: Theme = {
  background: '#16191f',
  foreground: '#d8dee9',
  palette: [
    ...['#2e3440', '#f2777a', '#8fd18b', '#f0c674', '#7aa6e8', '#d39bdf', '#6cc7d9', '#d8dee9'],
    ...['#5c6675', '#ff8f92', '#a8e6a3', '#ffd98c', '#94bdfa', '#e6b3f2', '#88dfef', '#ffffff'],
  ],
  bar: '#22262e',
  title: '#97a1b2',
  border: '#343a46',
  fade: 0.4,
};
