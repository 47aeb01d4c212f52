import account from "./account.json";
import analyse from "./analyse.json";
import batch from "./batch.json";
import common from "./common.json";
import compare from "./compare.json";
import failures from "./failures.json";
import history from "./history.json";
import law from "./law.json";
import method from "./method.json";
import people from "./people.json";
import provenance from "./provenance.json";
import recheck from "./recheck.json";
import result from "./result.json";
import viewer from "./viewer.json";

const messages = {
  common,
  analyse,
  batch,
  recheck,
  result,
  viewer,
  compare,
  failures,
  history,
  account,
  law,
  method,
  people,
  provenance,
};
export default messages;
