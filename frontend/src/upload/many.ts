import { ApiError } from "@/api/errors";
import type { ServiceLimits } from "@/api/schema";
import { beginFiles, sendArchive } from "@/batch/begin";
import { filesIn, type Found } from "@/batch/folders";
import { LeftOutError, type Deliver } from "@/batch/sender";
import { check } from "@/upload/file/check";
import { sendFile } from "@/upload/file/send";
import type { Dropped } from "@/upload/intake/drop-and-paste";

export type Making = {
  /** The id of the workspace that the batch is for; null for the personal one. */
  workspace: string | null;
  limits: ServiceLimits | null;
  /** Words a batch without a folder. */
  named: (count: number) => string;
  /** Called with the percentage of an archive that was sent. */
  onArchive: (name: string, percent: number) => void;
  /** Ends the sending of an archive. */
  signal: AbortSignal;
};

/**
 * Make a batch of what was dropped and return its id: at once where files are sent one by one, which then goes on, and when all
 * has come of an archive. Throws ApiError: FILE_UNREADABLE where none of the files can be read; an AbortError when aborted.
 */
export async function beginBatch(
  { files, folders }: Dropped,
  { workspace, limits, named, onArchive, signal }: Making,
): Promise<string> {
  const [first] = files;
  if (folders.length === 0 && files.length === 1 && first !== undefined) {
    const onProgress = (share: number) => onArchive(first.name, Math.floor(100 * share));
    onProgress(0);
    return sendArchive(first, workspace, { onProgress, signal });
  }
  const loose = files.map<Found>((file) => ({ file, path: file.webkitRelativePath || file.name }));
  const { found, unreadable } = await filesIn(folders);
  const all = [...found, ...loose];
  if (all.length === 0 && unreadable.length > 0)
    throw new ApiError("FILE_UNREADABLE", "None of the files could be read.", 400);
  const name = folders[0]?.name ?? named(all.length);
  return beginFiles(name, { found: all, unreadable }, workspace, deliverWithin(limits));
}

function deliverWithin(limits: ServiceLimits | null): Deliver {
  return async (file, place, signal) => {
    const { format, failure } = await check(file, limits);
    if (failure !== null) throw new LeftOutError(failure);
    const { workspace } = place;
    await sendFile(file, format, file.name, { onProgress: () => undefined, signal, workspace, place });
  };
}
