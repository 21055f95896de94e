#include "validator/statement_kind.h"

#include "validator/syntax_hint.h"

namespace toomai::validator {
namespace {

bool IsObjectModifier(Keyword word) {
  switch (word) {
    case Keyword::kOr:
    case Keyword::kReplace:
    case Keyword::kGlobal:
    case Keyword::kLocal:
    case Keyword::kTemporary:
    case Keyword::kTemp:
    case Keyword::kUnlogged:
    case Keyword::kRecursive:
    case Keyword::kMaterialized:
    case Keyword::kUnique:
    case Keyword::kForeign:
    case Keyword::kEvent:
    case Keyword::kTrusted:
    case Keyword::kProcedural:
    case Keyword::kDefault:
    case Keyword::kConstraint:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string StatementKind(const TokenList& tokens, TokenId first) {
  if (tokens[first].kind == TokenKind::kLeftParen) {
    TokenId inside = first;
    while (tokens[inside].kind == TokenKind::kLeftParen) ++inside;
    const Keyword word = tokens[inside].AsKeyword();
    return word == Keyword::kSelect || word == Keyword::kWith || word == Keyword::kValues || word == Keyword::kTable
               ? "SELECT"
               : "";
  }
  if (tokens[first].kind != TokenKind::kKeyword) return "";
  const Keyword word = tokens[first].AsKeyword();
  const std::string name = UpperCase(InfoOf(word).word);
  switch (word) {
    case Keyword::kSelect:
    case Keyword::kWith:
      return "SELECT";
    case Keyword::kCreate:
    case Keyword::kAlter:
    case Keyword::kDrop: {
      for (TokenId i = first + 1; tokens[i].kind == TokenKind::kKeyword; ++i) {
        if (!IsObjectModifier(tokens[i].AsKeyword())) return name + " " + UpperCase(InfoOf(tokens[i].AsKeyword()).word);
      }
      return name;
    }
    case Keyword::kValues:
    case Keyword::kTable:
    case Keyword::kInsert:
    case Keyword::kUpdate:
    case Keyword::kDelete:
    case Keyword::kMerge:
    case Keyword::kTruncate:
    case Keyword::kCopy:
    case Keyword::kExplain:
    case Keyword::kAnalyze:
    case Keyword::kAnalyse:
    case Keyword::kVacuum:
    case Keyword::kReindex:
    case Keyword::kCluster:
    case Keyword::kRefresh:
    case Keyword::kCheckpoint:
    case Keyword::kSet:
    case Keyword::kReset:
    case Keyword::kShow:
    case Keyword::kDiscard:
    case Keyword::kBegin:
    case Keyword::kStart:
    case Keyword::kCommit:
    case Keyword::kEnd:
    case Keyword::kRollback:
    case Keyword::kAbort:
    case Keyword::kSavepoint:
    case Keyword::kRelease:
    case Keyword::kPrepare:
    case Keyword::kExecute:
    case Keyword::kDeallocate:
    case Keyword::kDeclare:
    case Keyword::kFetch:
    case Keyword::kMove:
    case Keyword::kClose:
    case Keyword::kListen:
    case Keyword::kUnlisten:
    case Keyword::kNotify:
    case Keyword::kLoad:
    case Keyword::kLock:
    case Keyword::kDo:
    case Keyword::kCall:
    case Keyword::kGrant:
    case Keyword::kRevoke:
    case Keyword::kReassign:
    case Keyword::kSecurity:
    case Keyword::kComment:
    case Keyword::kImport:
      return name;
    default:
      return "";
  }
}

}  // namespace toomai::validator
