"use client";

import { Field as BaseField } from "@base-ui/react/field";
import { Eye, EyeOff } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { Field } from "@/ui/field";

type PasswordProps = {
  label: string;
  name: string;
  autoComplete: "current-password" | "new-password";
  hint?: string;
  /** What is wrong with the password; announced with the field. */
  error?: string;
};

/** A password with a button that shows what was typed. */
export function PasswordField({ label, name, autoComplete, hint, error }: PasswordProps) {
  const t = useTranslations("account.fields");
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <BaseField.Root name={name} invalid={error !== undefined} className="flex flex-col gap-1">
      <BaseField.Label className="text-sm font-medium">{label}</BaseField.Label>
      <span className="relative">
        <BaseField.Control
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
      {hint !== undefined && (
        <BaseField.Description className="text-sm text-muted">{hint}</BaseField.Description>
      )}
      {error !== undefined && (
        <BaseField.Error match className="text-sm text-danger">
          {error}
        </BaseField.Error>
      )}
    </BaseField.Root>
  );
}

type EmailProps = {
  /** What is wrong with the address; announced with the field. */
  error?: string;
  /** What helps with the fault, under the field. */
  help?: ReactNode;
};

/** The e-mail address of an account, which password managers take for the user's name. */
export function EmailField({ error, help }: EmailProps) {
  const t = useTranslations("account.fields");
  return (
    <div>
      <Field
        label={t("email")}
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        error={error}
      />
      {error !== undefined && help}
    </div>
  );
}
