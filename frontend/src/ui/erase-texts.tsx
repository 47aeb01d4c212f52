"use client";

import { useState } from "react";

import { Button } from "./button";
import { Dialog } from "./dialog";

type Words = {
  /** On the button and above the dialog. */
  open: string;
  /** What goes, what stays, and that it cannot be undone. */
  text: string;
  confirm: string;
};

type Props<Text extends string> = {
  /** The texts that there are, with their names; without one there is no button. */
  texts: readonly (readonly [Text, string])[];
  words: Words;
  busy: boolean;
  onErase: (texts: Text[]) => void;
};

/** A button that erases chosen texts for good, once that is confirmed. */
export function EraseTexts<Text extends string>({ texts, words, busy, onErase }: Props<Text>) {
  const [chosen, setChosen] = useState<readonly Text[] | null>(null);
  if (texts.length === 0) return null;
  const close = () => setChosen(null);
  const erase = () => {
    if (chosen === null || chosen.length === 0 || busy) return;
    onErase([...chosen]);
    close();
  };
  return (
    <>
      <Button look="quiet" onClick={() => setChosen(texts.map(([text]) => text))} aria-disabled={busy}>
        {words.open}
      </Button>
      {chosen !== null && (
        <Dialog open onOpenChange={close} title={words.open} description={words.text}>
          <div className="flex flex-col gap-2">
            {texts.map(([text, name]) => (
              <label key={text} className="flex min-h-11 items-center gap-3">
                <input
                  type="checkbox"
                  checked={chosen.includes(text)}
                  className="size-6 accent-text"
                  onChange={({ target }) =>
                    setChosen(target.checked ? [...chosen, text] : chosen.filter((one) => one !== text))
                  }
                />
                {name}
              </label>
            ))}
            <div>
              <Button look="danger" onClick={erase} aria-disabled={chosen.length === 0}>
                {words.confirm}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
