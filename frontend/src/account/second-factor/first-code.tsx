"use client";

import { useTranslations } from "use-intl";

import { CodeField } from "@/account/form/code-field";
import { faultsOf, useWording } from "@/account/form/refusal";
import { Secret } from "@/account/form/secret";
import { useSubmission } from "@/account/form/use-submission";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import type { SecondFactorBegun } from "@/api/schema";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  begun: SecondFactorBegun;
  turnedOn: (recoveryCodes: string[]) => Promise<void>;
  cancel: () => void;
};

/** A new secret as QR code and as text, and the first code of the app that has taken it. */
export function FirstCode({ begun, turnedOn, cancel }: Props) {
  const t = useTranslations();
  const word = useWording();
  const request = useExpiringRequest();
  const { faults, busy, formProps } = useSubmission({
    fieldNames: ["code"],
    check: ({ code }) => faultsOf({ code: code === "" ? { key: "noCode" } : undefined }),
    send: async ({ code }) => {
      const path = "/api/auth/second-factor/confirm";
      const { recovery_codes } = await request(unwrap(api.POST(path, { body: { code } })));
      await turnedOn(recovery_codes);
    },
  });
  return (
    <form {...formProps} className="flex max-w-md flex-col gap-4 border-t border-line pt-4">
      <p>{t("account.secondFactor.scan")}</p>
      {/* White around it in both themes: cameras want dark modules on light ground. */}
      <img
        src={`data:image/svg+xml,${encodeURIComponent(begun.qr_svg)}`}
        alt={t("account.secondFactor.qr")}
        width={220}
        height={220}
        className="self-start rounded-card bg-white"
      />
      <Secret
        label={t("account.secondFactor.typed")}
        hint={t("account.secondFactor.typedHint")}
        value={begun.secret}
      />
      {faults.form && <Notice tone="danger">{word(faults.form)}</Notice>}
      <CodeField error={word(faults.fields.code)} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" aria-disabled={busy}>
          {t("account.secondFactor.confirm")}
        </Button>
        <Button onClick={cancel}>{t("common.actions.cancel")}</Button>
      </div>
    </form>
  );
}
