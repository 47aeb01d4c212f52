const files = new Map<string, File>();

/** Keep an upload's file for this page's life, so that it can be shown without fetching it back. */
export function keepLocalFile(id: string, file: File): void {
  files.set(id, file);
}

/** The file that was sent for a job from this page, or null. */
export function localFile(id: string): File | null {
  return files.get(id) ?? null;
}

/** Let go of a job's file; of all files without an id, as signing out does. */
export function dropLocalFile(id?: string): void {
  if (id === undefined) files.clear();
  else files.delete(id);
}
