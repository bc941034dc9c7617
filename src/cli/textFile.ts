/** Text files that people name: read up to a size, what they are encoded in, and why one cannot be read. */
import { createReadStream } from 'node:fs';

/**
 * A pipe will do as well: `<(git show main:plans.json)`. Neither a pipe nor a device says how much there is in it.
 * @returns undefined for a larger file. @throws What reading it threw.
 */
export async function readUpTo(path: string, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
  }
  return Buffer.concat(chunks);
}

/** UTF-8, or what Windows' shells write: UTF-16 with a byte order mark. @returns undefined for what is no text. */
export function decode(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  // The mark is no part of the text; TextDecoder drops it, too.
  return bytes.subarray(0, 8192).includes(0) ? undefined : bytes.toString('utf8').replace(/^\ufeff/, '');
}

/** @param error What reading it threw. */
export function whyUnreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'you may not read it',
  };
  return why[code ?? ''] ?? code ?? String(error);
}
