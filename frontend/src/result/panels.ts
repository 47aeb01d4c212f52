// What other pages show of a file as its result does.
export { CheckAgain } from "./actions/actions";
export { NearCard } from "./near/near-card";
export { SourceCard } from "./source/source-card";
export { FactList } from "./trust/fact-list";
