"use client";

import { useEffect, useRef, useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { uploader } from "@/upload/queue/uploader";

import { linkIn } from "./drop-and-paste";

/** A form for the address of a file that the server fetches itself. */
export function LinkForm({ start, onClose }: { start: string; onClose: () => void }) {
  const t = useTranslations("analyse.zone");
  const [text, setText] = useState(start);
  const [wrong, setWrong] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const url = linkIn(text);
    if (url === null) return setWrong(true);
    uploader.addLink(url);
    onClose();
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="flex w-full max-w-xl flex-col gap-2 text-left sm:flex-row sm:items-start"
    >
      <div className="min-w-0 flex-1">
        <Field
          label={t("linkLabel")}
          name="link"
          type="url"
          inputMode="url"
          autoComplete="off"
          placeholder="https://"
          hint={t("linkHint")}
          error={wrong ? t("linkWrong") : undefined}
          value={text}
          onValueChange={(value) => {
            setText(value);
            setWrong(false);
          }}
        />
      </div>
      <Button type="submit" look="primary" className="min-h-11! sm:mt-[1.625rem]">
        {t("linkGo")}
      </Button>
    </form>
  );
}
