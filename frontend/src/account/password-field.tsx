"use client";

import { Field } from "@base-ui/react/field";
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

type Props = {
  label: string;
  name: string;
  autoComplete: "current-password" | "new-password";
  hint?: string;
  /** What is wrong with the password; announced with the field. */
  error?: string;
};

/** A password with a button that shows what was typed. */
export function PasswordField({ label, name, autoComplete, hint, error }: Props) {
  const t = useTranslations("account.fields");
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field.Root name={name} invalid={error !== undefined} className="flex flex-col gap-1">
      <Field.Label className="text-sm font-medium">{label}</Field.Label>
      <span className="relative">
        <Field.Control
          type={shown ? "text" : "password"}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          required
          className="min-h-11 w-full rounded-control border border-control bg-surface py-0 pr-12 pl-3 text-base text-text data-[invalid]:border-danger"
        />
        <button
          type="button"
          aria-pressed={shown}
          aria-label={t("show")}
          title={t(shown ? "hide" : "show")}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 inline-flex w-11 items-center justify-center rounded-control text-muted hover:text-text"
        >
          <Icon aria-hidden className="size-5" />
        </button>
      </span>
      {hint !== undefined && <Field.Description className="text-sm text-muted">{hint}</Field.Description>}
      {error !== undefined && (
        <Field.Error match className="text-sm text-danger">
          {error}
        </Field.Error>
      )}
    </Field.Root>
  );
}
