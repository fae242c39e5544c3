//! From tokens to an expression.

use super::ast::{Expr, Node};
use super::functions::{self, Function};
use super::lex::{Token, tokens};
use super::value::Compare;
use super::{ExprError, MAX_DEPTH};
use crate::testcase::FieldPath;

/// Reads an expression.
///
/// # Errors
///
/// [`ExprError`] where the text is none.
pub fn parse(text: &str) -> Result<Expr, ExprError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, end: text.len(), depth: 0 };
    let node = parser.or()?;
    match parser.peek() {
        None => Ok(Expr { node }),
        Some(Token::Field(path)) => Err(match parser.word_before() {
            Some((at, word)) => {
                let mend = format!("Names begin with `$`: `${word}.{path}`.");
                ExprError::new(at, format!("`{word}.{path}` is no name"), mend)
            }
            None => parser.error("a field of what has none", "Write it directly behind a name or a call."),
        }),
        Some(Token::Sign("==" | "!=" | "<" | "<=" | ">" | ">=")) => Err(parser
            .error("comparisons in a chain", "Compare two values at a time, and join the comparisons with `and`.")),
        Some(_) => {
            Err(parser.error("more than one expression", "Join them with `and` or `or`, or write a list of checks."))
        }
    }
}

struct Parser<'t> {
    tokens: &'t [(usize, Token)],
    next: usize,
    end: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    /// The word before the next token, and where it begins.
    fn word_before(&self) -> Option<(usize, &'t str)> {
        match self.tokens.get(self.next.checked_sub(1)?)? {
            (at, Token::Word(word)) => Some((*at, word)),
            _ => None,
        }
    }

    fn error(&self, what: &str, mend: &str) -> ExprError {
        ExprError::new(self.at(), what, mend)
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.next += usize::from(is_it);
        is_it
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.next += usize::from(is_it);
        is_it
    }

    /// One level deeper, for as long as `inner` reads.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, ExprError>) -> Result<T, ExprError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("the expression nests too deep", "Split it into several checks."));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Node, ExprError> {
        self.chain("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Result<Node, ExprError> {
        self.chain("and", Self::not, Node::And)
    }

    fn chain(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Result<Node, ExprError>,
        make: fn(Vec<Node>) -> Node,
    ) -> Result<Node, ExprError> {
        let first = operand(self)?;
        let mut all = vec![first];
        while self.takes_word(word) {
            all.push(operand(self)?);
        }
        match all.len() {
            1 => all.pop().ok_or_else(|| self.error("nothing", "Write an expression.")),
            _ => Ok(make(all)),
        }
    }

    fn not(&mut self) -> Result<Node, ExprError> {
        if self.takes_word("not") {
            return self.nested(Self::not).map(|node| Node::Not(Box::new(node)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Node, ExprError> {
        let a = self.sum()?;
        let how = match self.peek() {
            Some(Token::Sign("==")) => Compare::Eq,
            Some(Token::Sign("!=")) => Compare::Ne,
            Some(Token::Sign("<")) => Compare::Lt,
            Some(Token::Sign("<=")) => Compare::Le,
            Some(Token::Sign(">")) => Compare::Gt,
            Some(Token::Sign(">=")) => Compare::Ge,
            Some(Token::Word(word)) if word == "in" || word == "not" => {
                let negated = self.takes_word("not");
                if !self.takes_word("in") {
                    return Err(self.error("`not` behind a value", "Write `not in`, or `and not`."));
                }
                let list = self.sum()?;
                return Ok(Node::In { value: Box::new(a), list: Box::new(list), negated });
            }
            _ => return Ok(a),
        };
        self.next += 1;
        let b = self.sum()?;
        Ok(Node::Compare { how, a: Box::new(a), b: Box::new(b) })
    }

    fn sum(&mut self) -> Result<Node, ExprError> {
        let first = self.unary()?;
        let mut rest = Vec::new();
        loop {
            let plus = self.takes_sign("+");
            if !plus && !self.takes_sign("-") {
                break;
            }
            rest.push((plus, self.unary()?));
        }
        Ok(if rest.is_empty() { first } else { Node::Sum(Box::new(first), rest) })
    }

    fn unary(&mut self) -> Result<Node, ExprError> {
        if self.takes_sign("-") {
            return self.nested(Self::unary).map(|node| Node::Negative(Box::new(node)));
        }
        self.operand()
    }

    fn operand(&mut self) -> Result<Node, ExprError> {
        let at = self.at();
        let Some(token) = self.peek() else {
            return Err(
                self.error("a value is missing at the end", "Write a name, a text, a number, a list or a call.")
            );
        };
        self.next += 1;
        match token {
            Token::Int(value) => Ok(Node::Int(*value)),
            Token::Text(text) => Ok(Node::Text(text.clone())),
            Token::Name { name, path, rest: None } => {
                Ok(Node::Name { name: name.clone(), path: FieldPath::new(path), at })
            }
            Token::Name { name, path, rest: Some(rest) } => {
                Ok(Node::Place { name: name.clone(), path: FieldPath::new(path), rest: rest.clone(), at })
            }
            Token::Sign("(") => {
                let node = self.nested(Self::or)?;
                if !self.takes_sign(")") {
                    return Err(self.error("a parenthesis that is not closed", "Add the `)`."));
                }
                Ok(node)
            }
            Token::Sign("[") => self.nested(|parser| parser.list("]")).map(Node::List),
            Token::Word(word) => self.word(word, at),
            Token::Sign(sign) => {
                let what = format!("`{sign}` where a value should stand");
                Err(ExprError::new(at, what, "Write a name, a text, a number, a list or a call before it."))
            }
            Token::Field(_) => {
                Err(ExprError::new(at, "a field of nothing", "Write the name before it, such as `$first.code`."))
            }
        }
    }

    fn word(&mut self, word: &str, at: usize) -> Result<Node, ExprError> {
        if self.takes_sign("(") {
            return self.call(word, at);
        }
        match word {
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "absent" => Ok(Node::Absent),
            "and" | "or" | "not" | "in" => {
                let what = format!("`{word}` where a value should stand");
                Err(ExprError::new(at, what, "Write a value on both of its sides."))
            }
            _ => Ok(Node::Word { word: word.to_owned(), at }),
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Node, ExprError> {
        let Some(function) = functions::find(name) else {
            let what = format!("there is no function `{name}`");
            return Err(ExprError::new(at, what, format!("The functions are {}.", functions::names())));
        };
        let mut args = self.nested(|parser| parser.list(")"))?;
        check_arity(function, args.len(), at)?;
        for (index, arg) in args.iter_mut().enumerate() {
            if function.word == Some(index)
                && let Node::Word { word, .. } = arg
            {
                *arg = Node::Text(std::mem::take(word));
            }
        }
        if function.name == "in_ranges"
            && let Some(Node::Text(ranges)) = args.get(1)
            && functions::ranges(ranges).is_none()
        {
            let mend = "Write numbers and pairs with a hyphen, with spaces between them: \"200 250-299\".";
            return Err(ExprError::new(at, "ranges that cannot be read", mend));
        }
        let call = Node::Call { function, args, at };
        if let Some(Token::Field(path)) = self.peek() {
            self.next += 1;
            return Ok(Node::Member { of: Box::new(call), path: path.clone() });
        }
        Ok(call)
    }

    fn list(&mut self, close: &str) -> Result<Vec<Node>, ExprError> {
        let mut values = Vec::new();
        if self.takes_sign(close) {
            return Ok(values);
        }
        loop {
            values.push(self.or()?);
            if self.takes_sign(close) {
                return Ok(values);
            }
            if !self.takes_sign(",") {
                let mend = format!("Write `,` between values and `{close}` behind the last.");
                return Err(ExprError::new(self.at(), "a list that does not go on", mend));
            }
        }
    }
}

fn check_arity(function: &Function, given: usize, at: usize) -> Result<(), ExprError> {
    if function.args.contains(&given) {
        return Ok(());
    }
    let what = format!("`{}` with {given} values", function.name);
    Err(ExprError::new(at, what, format!("Write `{}`.", function.usage)))
}
