"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { CodeField } from "@/account/form/code-field";
import { PasswordField } from "@/account/form/fields";
import {
  checkPassword,
  faultsOf,
  LONGEST_PASSWORD,
  SHORTEST_PASSWORD,
  useWording,
  type Faults,
} from "@/account/form/refusal";
import { useSubmission, type Values } from "@/account/form/use-submission";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

const FIELDS = ["current_password", "new_password", "code"] as const;

function check({ current_password, new_password }: Values, hasPassword: boolean): Faults {
  const same = current_password !== "" && current_password === new_password;
  return faultsOf({
    current_password: hasPassword ? checkPassword(current_password) : undefined,
    new_password: same ? { key: "samePassword" } : checkPassword(new_password),
  });
}

/** Changing the password; all other logins of the account end with it. */
export function PasswordForm({ email, hasPassword }: { email: string; hasPassword: boolean }) {
  const t = useTranslations("account");
  const word = useWording();
  const announce = useAnnounce();
  const request = useExpiringRequest();
  const client = useQueryClient();
  // Each change gets a new form: passwords do not stay on the page.
  const [changes, setChanges] = useState(0);
  const { faults, busy, needsCode, formProps } = useSubmission({
    fieldNames: FIELDS,
    check: (values) => check(values, hasPassword),
    send: async ({ current_password, new_password, code }) => {
      const body = { new_password, ...(hasPassword && { current_password }), ...(code !== "" && { code }) };
      await request(unwrap(api.POST("/api/auth/password", { body })));
      if (!hasPassword) await client.invalidateQueries({ queryKey: ["second-factor"] });
      setChanges((count) => count + 1);
      announce(t("password.done"));
    },
  });
  return (
    <Card title={t("password.title")}>
      <p className="mb-4 text-muted">{t("password.text")}</p>
      <form {...formProps} className="flex max-w-md flex-col gap-4">
        {/* For password managers: the account of this password. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
        {changes > 0 && !faults.form && <Notice>{t("password.done")}</Notice>}
        {hasPassword && (
          <PasswordField
            key={`current${changes}`}
            label={t("fields.currentPassword")}
            name="current_password"
            autoComplete="current-password"
            error={word(faults.fields.current_password)}
          />
        )}
        <PasswordField
          key={`new${changes}`}
          label={t("fields.newPassword")}
          name="new_password"
          autoComplete="new-password"
          hint={t("fields.rule", { shortest: SHORTEST_PASSWORD, longest: LONGEST_PASSWORD })}
          error={word(faults.fields.new_password)}
        />
        {needsCode && <CodeField key={`code${changes}`} error={word(faults.fields.code)} />}
        <Button type="submit" aria-disabled={busy} className="self-start">
          {t(busy ? "password.busy" : "password.submit")}
        </Button>
      </form>
    </Card>
  );
}
