import { useState } from "react";

/**
 * Copy a text to the clipboard, in the event of a click on the element `beside`; resolves to whether it was copied.
 * Over plain HTTP there is no `navigator.clipboard`; the document's own command copies what is selected there. The field for
 * that stands beside the element, since a dialog lets nothing outside of it be selected.
 */
export async function copyText(text: string, beside: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, beside);
  }
}

function copySelected(text: string, beside: Element): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "fixed top-0 opacity-0";
  beside.after(field);
  field.focus({ preventScroll: true });
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}

/** A text's copying: what came of it, and how to do it. Where it was refused, the text is to be copied by hand. */
export function useCopy(text: string) {
  const [copied, setCopied] = useState<boolean>();
  const copy = async ({ currentTarget }: { currentTarget: Element }) => {
    const done = await copyText(text, currentTarget);
    setCopied(done);
    return done;
  };
  return { copied: copied === true, refused: copied === false, copy };
}
