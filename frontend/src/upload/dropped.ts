/** What somebody let go over the page, or pasted. */
export type Dropped = { files: File[]; folders: number };

/** Take the files out of a drop or a paste; folders are counted and passed over. */
export function filesOf(transfer: DataTransfer): Dropped {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory === true).length;
  if (folders === 0) return { files: [...transfer.files], folders };
  const files = items.flatMap((item) =>
    item.webkitGetAsEntry()?.isDirectory === true ? [] : (item.getAsFile() ?? []),
  );
  return { files, folders };
}

/** A pasted picture under a name that tells pictures apart: browsers call all of them "image.png". */
export function named(file: File, now: Date): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
  const name = `pasted-${clock}${file.name.slice(file.name.indexOf("."))}`;
  return new File([file], name, { type: file.type, lastModified: file.lastModified });
}

/** An address of a file in what somebody pasted or typed; null for other text. */
export function linkIn(text: string): string | null {
  const trimmed = text.trim();
  return /^https?:\/\/[^\s/]+\.[^\s]+$/i.test(trimmed) && URL.canParse(trimmed) ? trimmed : null;
}
