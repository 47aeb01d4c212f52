/** Hand a text to the browser as a file to be saved. */
export function download(text: string, filename: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  // Browsers read the blob after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
