//! The family of interfaces that may ask for effects.

/// Exports one: each function opens a context from history, runs the plugin's, and closes it into the
/// interface's step.
#[doc(hidden)]
#[macro_export]
macro_rules! __connector {
    ($plugin:ty, $trait:ident, $module:ident, $package:ident :: $interface:ident, {
        $( $function:ident ( $($argument:ident : $type:ty),* ) -> $step:ty, $ready:expr; )+
    }) => {
        const _: () = {
            use $crate::bindings::$module::exports::recaudo::$package::$interface as i;
            struct Exported;
            impl i::Guest for Exported { $(
                fn $function(
                    ctx: $crate::Context, $($argument: $type,)* history: <$plugin as $crate::Ability>::History,
                ) -> Result<$step, $crate::Failure> {
                    let mut ctx = $crate::__bridge::open::<$plugin>(ctx, history);
                    let result = <$plugin as $crate::$trait>::$function(&mut ctx, $($argument),*);
                    $crate::__bridge::close(ctx, result).map(|ended| match ended {
                        $crate::__bridge::Ended::Ready(value) => ($ready)(value),
                        $crate::__bridge::Ended::Pending(suspension) => <$step>::Pending(suspension),
                    })
                }
            )+ }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::$module::export!(Exported with_types_in $crate::bindings::$module);
        };
    };
}
