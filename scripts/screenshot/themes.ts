/** Colours of the drawn terminal. */

export interface Theme {
  readonly background: string;
  readonly foreground: string;
  /** The 16 colours of the palette: black, red, green, yellow, blue, magenta, cyan, white; then the bright ones. */
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

export const LIGHT: Theme = {
  background: '#fcfcfa',
  foreground: '#2b303b',
  palette: [
    ...['#2b303b', '#c0262d', '#2f7d32', '#946200', '#2459b3', '#8e3aa0', '#0b7285', '#8a919e'],
    ...['#5c6675', '#d9363e', '#3b9440', '#b07600', '#3a70d0', '#a54fb8', '#11889d', '#c9cdd4'],
  ],
  bar: '#ececea',
  title: '#606775',
  border: '#d0d2d6',
  fade: 0.35,
};
