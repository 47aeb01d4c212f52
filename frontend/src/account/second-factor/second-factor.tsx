"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { refusal, useWording } from "@/account/form/refusal";
import { useExpiringRequest } from "@/account/session-end";
import { api, unwrap } from "@/api/client";
import { useMe } from "@/api/queries";
import type { SecondFactorAnswer, SecondFactorBegun } from "@/api/schema";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import { FirstCode } from "./first-code";
import { ProofForm, type Proof } from "./proof-form";
import { RecoveryCodes } from "./recovery-codes";
import { SECOND_FACTOR, useSecondFactor } from "./use-second-factor";

/** The second factor: turned on with an app, its recovery codes, turned off. */
export function SecondFactor({ email }: { email: string }) {
  const t = useTranslations("account.secondFactor");
  const word = useWording();
  const state = useSecondFactor();
  const wanted = useMe().data?.second_factor_missing === true;
  return (
    <Card title={t("title")} id="second-factor">
      <p className="mb-4 text-muted">{t("text")}</p>
      {wanted && (
        <div className="mb-4">
          <Notice>{t("wanted")}</Notice>
        </div>
      )}
      {state.isError && <Notice tone="danger">{word(refusal(state.error, []).form)}</Notice>}
      {state.data && <Known state={state.data} email={email} />}
    </Card>
  );
}

type Open = "begin" | "renew" | "off" | null;

function Known({ state, email }: { state: SecondFactorAnswer; email: string }) {
  const t = useTranslations("account.secondFactor");
  const announce = useAnnounce();
  const client = useQueryClient();
  const request = useExpiringRequest();
  const [open, setOpen] = useState<Open>(null);
  const [begun, setBegun] = useState<SecondFactorBegun | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const changed = () => client.invalidateQueries({ queryKey: SECOND_FACTOR });

  const begin = async (proof: Proof) => {
    setBegun(await request(unwrap(api.POST("/api/auth/second-factor", { body: proof }))));
    setCodes(null);
    setOpen(null);
  };
  const renew = async (proof: Proof) => {
    const path = "/api/auth/second-factor/recovery-codes";
    setCodes((await request(unwrap(api.POST(path, { body: proof })))).recovery_codes);
    setOpen(null);
    await changed();
  };
  const turnOff = async (proof: Proof) => {
    await request(unwrap(api.DELETE("/api/auth/second-factor", { body: proof })));
    setOpen(null);
    setCodes(null);
    announce(t("isOff"));
    await changed();
  };
  const turnedOn = async (made: string[]) => {
    setBegun(null);
    setCodes(made);
    announce(t("isOn"));
    await client.invalidateQueries(); // all that may have been refused until now
  };

  const sends = { begin, renew, off: turnOff };
  const form = open !== null && (
    <ProofForm
      key={open}
      email={email}
      hasPassword={state.has_password}
      submit={t(`${open}.submit`)}
      danger={open === "off"}
      send={sends[open]}
      cancel={() => setOpen(null)}
    />
  );
  return (
    <div className="flex flex-col gap-4">
      <Standing state={state} />
      {codes !== null && <RecoveryCodes codes={codes} />}
      {begun !== null && <FirstCode begun={begun} turnedOn={turnedOn} cancel={() => setBegun(null)} />}
      {form}
      {open === null && begun === null && (
        <div className="flex flex-wrap gap-2">
          {state.enabled ? (
            <>
              <Button onClick={() => setOpen("renew")}>{t("renew.open")}</Button>
              <Button look="danger" onClick={() => setOpen("off")}>
                {t("off.open")}
              </Button>
            </>
          ) : (
            <Button onClick={() => setOpen("begin")}>{t("begin.open")}</Button>
          )}
        </div>
      )}
    </div>
  );
}

function Standing({ state }: { state: SecondFactorAnswer }) {
  const t = useTranslations("account.secondFactor");
  const format = useFormatter();
  if (!state.enabled || state.since === null) return <p>{t("isOff")}</p>;
  const date = format.dateTime(new Date(state.since), { dateStyle: "medium" });
  return (
    <div>
      <p>{t("since", { date })}</p>
      <p className="text-sm text-muted">{t("left", { count: state.recovery_codes_left })}</p>
    </div>
  );
}
