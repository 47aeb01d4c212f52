"use client";

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { Fragment } from "react";
import { useTranslations } from "use-intl";

import { ProofFields } from "@/account/form/proof-fields";
import { checkPassword, faultsOf } from "@/account/form/refusal";
import { useSubmission } from "@/account/form/use-submission";
import { leave, useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { useMe, useSwitchWorkspace } from "@/api/queries";
import type { Workspace } from "@/api/schema";
import { Button, buttonClass } from "@/ui/button";
import { Card } from "@/ui/card";

type Account = { email: string; hasPassword: boolean };

/** Deleting the account, after a confirmation, the password and the second factor. */
export function DeleteAccount(account: Account) {
  const { email } = account;
  const t = useTranslations("account.removal");
  return (
    <Card title={t("title")}>
      <p className="mb-4 text-muted">
        {t("text")} <SharedFiles />
      </p>
      <AlertDialog.Root>
        <AlertDialog.Trigger className={buttonClass("danger")}>{t("open")}</AlertDialog.Trigger>
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
          <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-card border border-line bg-surface p-6 shadow-popover">
            <AlertDialog.Title className="text-lg font-semibold">{t("question")}</AlertDialog.Title>
            <AlertDialog.Description className="mt-2 mb-4 break-words">
              {t("warning", { email })}
            </AlertDialog.Description>
            <DeleteForm {...account} />
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </Card>
  );
}

/** Leads to the account's files in each shared workspace where it may delete them. */
function SharedFiles() {
  const t = useTranslations("account.removal");
  const choose = useSwitchWorkspace();
  const shared = useMe().data?.workspaces.filter((one) => !one.personal && mayDeleteOwn(one)) ?? [];
  if (shared.length === 0) return null;
  return (
    <>
      {t("shared")}{" "}
      {shared.map(({ id, name }, place) => (
        <Fragment key={id}>
          {place > 0 && ", "}
          <Link href="/library/?q=owner:me" onClick={() => void choose(id)}>
            {name}
          </Link>
        </Fragment>
      ))}
    </>
  );
}

function mayDeleteOwn({ may }: Workspace): boolean {
  return may.includes("analyse") || may.includes("delete");
}

const FIELDS = ["password", "code"] as const;

function DeleteForm({ email, hasPassword }: Account) {
  const t = useTranslations();
  const client = useQueryClient();
  const request = useExpiringRequest();
  const { faults, busy, needsCode, formProps } = useSubmission({
    fieldNames: FIELDS,
    check: ({ password }) => faultsOf(hasPassword ? { password: checkPassword(password) } : {}),
    send: async ({ password, code }) => {
      const body = { ...(hasPassword && { password }), ...(code !== "" && { code }) };
      await request(unwrap(api.DELETE("/api/auth/me", { body })));
      client.clear();
      leave("deleted");
    },
  });
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <ProofFields email={email} hasPassword={hasPassword} needsCode={needsCode} faults={faults} />
      <div className="flex flex-wrap justify-end gap-2">
        <AlertDialog.Close className={buttonClass()}>{t("common.actions.cancel")}</AlertDialog.Close>
        <Button type="submit" look="danger" aria-disabled={busy}>
          {t(busy ? "account.removal.busy" : "account.removal.submit")}
        </Button>
      </div>
    </form>
  );
}
