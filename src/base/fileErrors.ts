/** Errors of the file system, in words. */

/** The code of a system error such as 'ENOENT'; undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

type Access = 'read' | 'write';

const denied = { read: 'you may not read it', write: 'you may not write there' };

const WHY: Readonly<Record<string, string | Readonly<Record<Access, string>>>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is a file, or in one',
  EEXIST: 'it exists already',
  EACCES: denied,
  EPERM: denied,
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'no space is left on the device',
};

/** Why a file or folder could not be read or written, a clause. */
export function fileProblem(error: unknown, access: Access): string {
  const code = errnoOf(error);
  const why = WHY[code ?? ''] ?? code ?? String(error);
  return typeof why === 'string' ? why : why[access];
}
