let handed: File[] = [];

/** Keep files that were dropped on another page until the start page takes them. */
export function hand(files: File[]): void {
  handed = [...handed, ...files];
}

/** The files that were handed over, once. */
export function takeHanded(): File[] {
  const files = handed;
  handed = [];
  return files;
}
