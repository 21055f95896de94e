// The words for what the lexer refuses.
#include "validator/lexer.h"

namespace toomai::validator {

std::string_view Describe(LexicalError error) {
  switch (error) {
    case LexicalError::kUnterminatedString:
      return "unterminated quoted string";
    case LexicalError::kUnterminatedQuotedIdentifier:
      return "unterminated quoted identifier";
    case LexicalError::kUnterminatedComment:
      return "unterminated /* comment";
    case LexicalError::kUnterminatedDollarString:
      return "unterminated dollar-quoted string";
    case LexicalError::kUnterminatedBitString:
      return "unterminated bit string literal";
    case LexicalError::kUnterminatedHexString:
      return "unterminated hexadecimal string literal";
    case LexicalError::kEmptyIdentifier:
      return "zero-length delimited identifier";
    case LexicalError::kJunkAfterNumber:
      return "trailing junk after numeric literal";
    case LexicalError::kJunkAfterParameter:
      return "trailing junk after parameter";
    case LexicalError::kInvalidNumber:
      return "invalid number";
    case LexicalError::kParameterTooLarge:
      return "parameter number too large";
    case LexicalError::kOperatorTooLong:
      return "operator too long";
    case LexicalError::kInvalidEscape:
      return "invalid escape sequence";
    case LexicalError::kInvalidUescape:
      return "invalid Unicode escape character";
    case LexicalError::kInvalidUtf8:
      return "the text is not valid UTF-8";
    case LexicalError::kNulByte:
      return "the text holds a NUL byte";
    case LexicalError::kControlCharacter:
      return "the text holds a control character";
    case LexicalError::kUnexpectedCharacter:
      return "unexpected character";
  }
  return "invalid text";
}

}  // namespace toomai::validator
