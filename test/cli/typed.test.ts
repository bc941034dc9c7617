import { expect, it } from 'vitest';
import { typed } from '../../src/cli/password.ts';

it.each([
  ['', 's3cret\r', { text: 's3cret', end: 'enter' }],
  ['s3', 'cret\nlater', { text: 's3cret', end: 'enter' }],
  ['ab', '\u007fc\b', { text: 'a', end: undefined }],
  ['', '\u007fä€😀\u007f', { text: 'ä€', end: undefined }],
  ['wrong', '\u0015right', { text: 'right', end: undefined }],
  ['ab', 'c\u0003', { text: '', end: 'cancel' }],
  ['', '\u0004', { text: '', end: 'cancel' }],
  ['ab', '\u0004', { text: 'ab', end: 'enter' }],
  ['a', '\u001b[A\u001b[3~\u001bOPb\u001bc\tc', { text: 'abc', end: undefined }],
  ['a', '\u001b\r', { text: 'a', end: 'enter' }],
])('after %j comes %j', (text, keys, result) => expect(typed(text, keys)).toEqual(result));
