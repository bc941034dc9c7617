/** Copies what PostgreSQL needs to run out of the binaries package, readable for everybody. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLinks, missingLinks } from './links.ts';

/** For building extensions, not for running a server. */
const NOT_NEEDED = /\.a$|^(?:pkgconfig|pgxs|include|doc|man)$/;

export async function copyBinaries(packageRoot: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  await copyFolder(join(packageRoot, 'native'), join(to, 'native'));
  // Links were left out, so that all are missing here, whether or not the package had them.
  await makeLinks(to, await missingLinks(to));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to);
  // Not mkdir's mode, which goes through the umask.
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (NOT_NEEDED.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target);
    else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, 0o755);
    }
  }
}
