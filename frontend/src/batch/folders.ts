/** A file with its path within what was dropped, by which the batch calls it. */
export type Found = { file: File; path: string };

/** The files of folders, and the paths of files and folders that could not be read. */
export type Walked = { found: Found[]; unreadable: string[] };

// What systems and editors put beside files; nobody means to have it analysed.
const BESIDE = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$)/i;

/** All files in folders, with the folders within them; what begins with a dot is left out. */
export async function filesIn(folders: readonly FileSystemDirectoryEntry[]): Promise<Walked> {
  const walked: Walked = { found: [], unreadable: [] };
  for (const folder of folders) await walk(folder, "", walked);
  return walked;
}

async function walk(entry: FileSystemEntry, above: string, walked: Walked): Promise<void> {
  if (BESIDE.test(entry.name)) return;
  const path = `${above}${entry.name}`;
  try {
    if (entry.isFile) {
      walked.found.push({ file: await fileOf(entry as FileSystemFileEntry), path });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader gives some entries at a time, and none at the end.
    for (let some = await read(reader); some.length > 0; some = await read(reader))
      for (const child of some) await walk(child, `${path}/`, walked);
  } catch (error) {
    // No permission, a file that is only in a cloud, or one that was moved meanwhile: the others are read.
    if (!(error instanceof DOMException)) throw error;
    walked.unreadable.push(path);
  }
}

function read(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
