//! What a function that templates call looks like: its name, the Go types of its parameters, its body.
//!
//! The evaluator checks arguments against those types in Go's words, so that a body sees only what it declares. The
//! types come from the body's own Rust signature, see [`Arg`].

use super::exec::{Exec, Operand};
use super::funcs;
use crate::chart::value::{Kind, List, ListType, Map, Str, Struct, Value};
use jiff::Zoned;
use smallvec::SmallVec;
use std::fmt;
use std::rc::Rc;

/// Why a function failed, in the words that follow `error calling NAME: `.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self(message.to_owned())
    }
}

/// The type that the functions for certificates return.
pub(crate) const CERTIFICATE: &str = "sprig.certificate";

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Reflect,
    Bool,
    Int,
    Float,
    String,
    Map,
    Time,
    Uint32,
    List,
    Certificate,
}

impl Type {
    /// Whether `nil` may stand for it.
    pub(crate) const fn can_be_nil(self) -> bool {
        matches!(self, Self::Any | Self::Reflect | Self::Map | Self::List)
    }

    /// Whether Go would assign `value` to it.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Any | Self::Reflect => true,
            Self::Bool => matches!(value, Value::Bool(_)),
            Self::Int => value.kind() == Kind::Int,
            Self::Float => matches!(value, Value::Float(_)),
            Self::String => matches!(value, Value::Str(_)),
            Self::Map => matches!(value, Value::Map(map) if map.map_type().holds_interfaces()),
            Self::Time => matches!(value, Value::Time(_)),
            // No function returns one, so that a constant alone can be it.
            Self::Uint32 => false,
            Self::List => matches!(value, Value::List(list) if list.holds_interfaces()),
            Self::Certificate => matches!(value, Value::Struct(object) if object.type_name == CERTIFICATE),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float64",
            Self::String => "string",
            Self::Map => "map[string]interface {}",
            Self::Time => "time.Time",
            Self::Uint32 => "uint32",
            Self::List => "[]interface {}",
            Self::Certificate => CERTIFICATE,
        })
    }
}

/// The parameters of a function or method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// The types of the parameters; the last is that of each further argument where the function is variadic.
    pub(crate) params: Vec<Type>,
    /// Whether the last parameter takes any number of arguments.
    pub(crate) variadic: bool,
}

/// The arguments of a call, in order. Few calls have more.
pub(crate) type ArgList = SmallVec<[Operand; 3]>;

/// The arguments that a body has not taken yet.
pub(crate) type Args = smallvec::IntoIter<[Operand; 3]>;

/// A function or a method with its receiver bound.
pub(crate) type Body = Box<dyn Fn(&mut Exec<'_>, Args) -> Result<Value, Failure> + Send + Sync>;

/// How a function is run.
pub(crate) enum Call {
    /// All arguments are evaluated, then it runs.
    Plain(Body),
    /// `and`: up to the first argument that is false.
    And,
    /// `or`: up to the first argument that is true.
    Or,
    /// `call`: the first argument should be a function. No value of a chart is one.
    Value,
}

/// A function that templates can call.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) signature: Signature,
    pub(crate) call: Call,
}

impl Function {
    /// The function of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        funcs::table().get(name)
    }

    /// A function with the signature of `body`.
    pub(crate) fn new<M, F: IntoBody<M>>(name: &'static str, body: F) -> Self {
        Self {
            name,
            signature: F::signature(),
            call: Call::Plain(body.into_body()),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// A Rust type that a parameter can have.
pub(crate) trait Arg: Sized {
    /// Its type in Go.
    const TYPE: Type;
    /// Whether it takes all arguments that are left.
    const VARIADIC: bool = false;

    /// Takes it from the arguments. The evaluator has checked types and number; `None` would be a fault of its own.
    fn take(args: &mut Args) -> Option<Self>;
}

/// All arguments that are left.
pub(crate) struct Rest<T>(pub(crate) Vec<T>);

impl<T: Arg> Arg for Rest<T> {
    const TYPE: Type = T::TYPE;
    const VARIADIC: bool = true;

    fn take(args: &mut Args) -> Option<Self> {
        let mut rest = Vec::with_capacity(args.len());
        while args.len() > 0 {
            rest.push(T::take(args)?);
        }
        Some(Self(rest))
    }
}

impl Arg for Operand {
    const TYPE: Type = Type::Reflect;

    fn take(args: &mut Args) -> Option<Self> {
        args.next()
    }
}

impl Arg for Value {
    const TYPE: Type = Type::Any;

    fn take(args: &mut Args) -> Option<Self> {
        args.next().map(|operand| operand.value)
    }
}

macro_rules! arg {
    ($rust:ty, $go:ident, $pattern:pat => $value:expr) => {
        impl Arg for $rust {
            const TYPE: Type = Type::$go;

            fn take(args: &mut Args) -> Option<Self> {
                match args.next()?.value {
                    $pattern => Some($value),
                    _ => None,
                }
            }
        }
    };
}

arg!(Str, String, Value::Str(text) => text);
arg!(bool, Bool, Value::Bool(value) => value);
arg!(i64, Int, Value::Int(value) => value);
arg!(f64, Float, Value::Float(value) => value);
arg!(Rc<Zoned>, Time, Value::Time(time) => time);
arg!(Rc<Struct>, Certificate, Value::Struct(object) => object);

/// Go's `uint32`; a larger constant loses its upper bits, as in Go.
pub(crate) struct Uint32(pub(crate) u32);

impl Arg for Uint32 {
    const TYPE: Type = Type::Uint32;

    fn take(args: &mut Args) -> Option<Self> {
        match args.next()?.value {
            Value::Uint64(value) => u32::try_from(value & u64::from(u32::MAX)).ok().map(Self),
            _ => None,
        }
    }
}

/// A list to read from; nil reads as empty.
impl Arg for List {
    const TYPE: Type = Type::List;

    fn take(args: &mut Args) -> Option<Self> {
        match args.next()?.value {
            Value::List(list) => Some(list),
            Value::Nil => Some(Self::nil(ListType::Any)),
            _ => None,
        }
    }
}

/// A map that may be nil: reading from it finds nothing, writing to it fails.
impl Arg for Option<Map> {
    const TYPE: Type = Type::Map;

    fn take(args: &mut Args) -> Option<Self> {
        match args.next()?.value {
            Value::Map(map) => Some(Some(map)),
            Value::Nil => Some(None),
            _ => None,
        }
    }
}

/// A map to read from; nil reads as empty.
impl Arg for Map {
    const TYPE: Type = Type::Map;

    fn take(args: &mut Args) -> Option<Self> {
        <Option<Self> as Arg>::take(args).map(Option::unwrap_or_default)
    }
}

/// Go's `int64`, where a function returns one.
pub(crate) struct Int64(pub(crate) i64);

/// A Rust type that a function can return.
pub(crate) trait IntoReturn {
    fn into_return(self) -> Result<Value, Failure>;
}

impl<T: Into<Value>> IntoReturn for T {
    fn into_return(self) -> Result<Value, Failure> {
        Ok(self.into())
    }
}

impl<T: IntoReturn> IntoReturn for Result<T, Failure> {
    fn into_return(self) -> Result<Value, Failure> {
        self.and_then(IntoReturn::into_return)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Int64> for Value {
    fn from(value: Int64) -> Self {
        Self::Int64(value.0)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Str(bytes.into())
    }
}

impl From<Zoned> for Value {
    fn from(time: Zoned) -> Self {
        Self::Time(Rc::new(time))
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(List::any(items))
    }
}

/// A Rust function that can be the body of a [`Function`]; `M` tells the shapes apart.
pub(crate) trait IntoBody<M> {
    fn signature() -> Signature;
    fn into_body(self) -> Body;
}

/// The shape of a function that needs its arguments alone.
pub(crate) struct Pure<A>(std::marker::PhantomData<A>);

/// The shape of a function that also needs the execution it is called from.
pub(crate) struct InExec<A>(std::marker::PhantomData<A>);

macro_rules! into_body {
    ($($arg:ident),*) => {
        impl<F, R, $($arg: Arg),*> IntoBody<Pure<($($arg,)*)>> for F
        where
            F: Fn($($arg),*) -> R + Send + Sync + 'static,
            R: IntoReturn,
        {
            fn signature() -> Signature {
                Signature { params: vec![$($arg::TYPE),*], variadic: false $(|| $arg::VARIADIC)* }
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn into_body(self) -> Body {
                Box::new(move |_, mut args| {
                    $(let $arg = $arg::take(&mut args).ok_or("an argument of another type than was checked")?;)*
                    self($($arg),*).into_return()
                })
            }
        }

        impl<F, R, $($arg: Arg),*> IntoBody<InExec<($($arg,)*)>> for F
        where
            F: Fn(&mut Exec<'_>, $($arg),*) -> R + Send + Sync + 'static,
            R: IntoReturn,
        {
            fn signature() -> Signature {
                Signature { params: vec![$($arg::TYPE),*], variadic: false $(|| $arg::VARIADIC)* }
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn into_body(self) -> Body {
                Box::new(move |exec, mut args| {
                    $(let $arg = $arg::take(&mut args).ok_or("an argument of another type than was checked")?;)*
                    self(exec, $($arg),*).into_return()
                })
            }
        }
    };
}

into_body!();
into_body!(A);
into_body!(A, B);
into_body!(A, B, C);
into_body!(A, B, C, D);
into_body!(A, B, C, D, E);
into_body!(A, B, C, D, E, G);
