import type { ServiceLimits } from "@/api/schema";
import { beginFiles, sendArchive } from "@/batch/begin";
import { filesIn, type Found } from "@/batch/folders";
import { LeftOutError, type Deliver } from "@/batch/sender";
import { check } from "@/upload/file/check";
import { sendFile } from "@/upload/file/send";
import type { Dropped } from "@/upload/intake/drop-and-paste";

/**
 * Make a batch of what was dropped and return its id: at once where files are sent one by one, which then goes on, and when all
 * has come of an archive. `named` words a batch without a folder; `onArchive` is told the percentage that was sent. Throws
 * ApiError.
 */
export async function beginBatch(
  { files, folders }: Dropped,
  limits: ServiceLimits | null,
  named: (count: number) => string,
  onArchive: (name: string, percent: number) => void,
): Promise<string> {
  const [first] = files;
  if (folders.length === 0 && files.length === 1 && first !== undefined)
    return sendArchive(first, (share) => onArchive(first.name, Math.floor(100 * share)));
  const loose = files.map<Found>((file) => ({ file, path: file.webkitRelativePath || file.name }));
  const found = [...(await filesIn(folders)), ...loose];
  const name = folders[0]?.name ?? named(found.length);
  return beginFiles(name, found, deliverWithin(limits));
}

function deliverWithin(limits: ServiceLimits | null): Deliver {
  return async (file, place, signal) => {
    const { format, failure } = await check(file, limits);
    if (failure !== null) throw new LeftOutError(failure);
    await sendFile(file, format, file.name, { onProgress: () => undefined, signal, place });
  };
}
