/** A file with its path within what was dropped, by which the batch calls it. */
export type Found = { file: File; path: string };

// What systems and editors put beside files; nobody means to have it analysed.
const BESIDE = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$)/i;

/** All files in folders, with the folders within them; what begins with a dot is left out. */
export async function filesIn(folders: readonly FileSystemDirectoryEntry[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const folder of folders) await walk(folder, "", found);
  return found;
}

async function walk(entry: FileSystemEntry, above: string, found: Found[]): Promise<void> {
  if (BESIDE.test(entry.name)) return;
  const path = `${above}${entry.name}`;
  if (entry.isFile) {
    found.push({ file: await fileOf(entry as FileSystemFileEntry), path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives some entries at a time, and none at the end.
  for (let some = await read(reader); some.length > 0; some = await read(reader))
    for (const child of some) await walk(child, `${path}/`, found);
}

function read(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
