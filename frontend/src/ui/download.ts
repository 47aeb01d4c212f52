/** Save a blob on the reader's machine, as a download with this file name. */
export function download(content: Blob, filename: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  // Browsers read the blob after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
