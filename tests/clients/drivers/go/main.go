// Makes the calls of the story by the clients that openapi-generator's `go` writes.
//
// Reads one call from each line of standard input, prints one answer for it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"

	"charter/directory"
	"charter/governance"
	"charter/identity"
	"charter/organisations"
)

type call struct {
	Document, Tag, Operation string
	Parameters               []struct{ Name, In string }
	Values                   map[string]json.RawMessage
	Body                     json.RawMessage
	BodySchema               string `json:"body_schema"`
	Token                    string
	Key                      string
}

type answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// A redirect is an answer, with an address in it.
var web = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}}

// The client of a document, and a context with what the caller shows.
func client(of call) (any, context.Context) {
	address := os.Getenv("CHARTER_ADDRESS")
	shown := context.Background()
	switch of.Document {
	case "directory":
		settings := directory.NewConfiguration()
		settings.HTTPClient, settings.Servers[0].URL = web, address
		return directory.NewAPIClient(settings), context.WithValue(shown, directory.ContextAccessToken, of.Token)
	case "governance":
		settings := governance.NewConfiguration()
		settings.HTTPClient, settings.Servers[0].URL = web, address
		return governance.NewAPIClient(settings), context.WithValue(shown, governance.ContextAccessToken, of.Token)
	case "identity":
		settings := identity.NewConfiguration()
		settings.HTTPClient, settings.Servers[0].URL = web, address
		if of.Key != "" {
			keys := map[string]identity.APIKey{"apiKeyAuth": {Key: of.Key}}
			shown = context.WithValue(shown, identity.ContextAPIKeys, keys)
		}
		return identity.NewAPIClient(settings), context.WithValue(shown, identity.ContextAccessToken, of.Token)
	default:
		settings := organisations.NewConfiguration()
		settings.HTTPClient, settings.Servers[0].URL = web, address
		return organisations.NewAPIClient(settings), context.WithValue(shown, organisations.ContextAccessToken, of.Token)
	}
}

func made(of call) answer {
	apis, shown := client(of)
	api := reflect.ValueOf(apis).Elem().FieldByName(of.Tag + "API")
	begin := api.MethodByName(camel(of.Operation))

	arguments := []reflect.Value{reflect.ValueOf(shown)}
	for _, parameter := range of.Parameters {
		if parameter.In == "path" {
			kind := begin.Type().In(len(arguments))
			arguments = append(arguments, value(of.Values[parameter.Name], kind))
		}
	}
	request := begin.Call(arguments)[0]
	for _, parameter := range of.Parameters {
		if given, is := of.Values[parameter.Name]; is && parameter.In != "path" {
			request = with(request, camel(parameter.Name), given)
		}
	}
	if of.Body != nil {
		request = with(request, of.BodySchema, of.Body)
	}

	results := request.MethodByName("Execute").Call(nil)
	failure, _ := results[len(results)-1].Interface().(error)
	response, _ := results[len(results)-2].Interface().(*http.Response)
	if response == nil {
		panic(failure)
	}
	said := answer{response.StatusCode, map[string]string{}, json.RawMessage("null")}
	for name := range response.Header {
		said.Headers[strings.ToLower(name)] = response.Header.Get(name)
	}
	switch {
	case failure != nil:
		// The model is what the client has made of the problem.
		model := failure.(interface{ Model() any }).Model()
		if model == nil && response.StatusCode != http.StatusFound {
			panic(failure)
		}
		said.Body = written(model)
	case len(results) == 3:
		said.Body = written(results[0].Interface())
	}
	return said
}

func with(request reflect.Value, name string, given json.RawMessage) reflect.Value {
	method := request.MethodByName(name)
	return method.Call([]reflect.Value{value(given, method.Type().In(0))})[0]
}

// What is given, as the client wants to have it.
func value(given json.RawMessage, kind reflect.Type) reflect.Value {
	target := reflect.New(kind)
	if err := json.Unmarshal(given, target.Interface()); err == nil {
		return target.Elem()
	} else if !target.MethodByName("GetActualInstance").IsValid() {
		panic(err)
	}
	// One of several: set, as a person would write it, and not found out from JSON, which the
	// client cannot do when a pattern has `\u` in it (defects/openapi-generator-go-pattern.yaml).
	for i := range kind.NumField() {
		field := reflect.New(kind.Field(i).Type)
		decoder := json.NewDecoder(bytes.NewReader(given))
		decoder.DisallowUnknownFields()
		if decoder.Decode(field.Interface()) == nil {
			target.Elem().Field(i).Set(field.Elem())
			return target.Elem()
		}
	}
	panic(fmt.Sprintf("%s is no %s", given, kind))
}

func written(model any) json.RawMessage {
	text, err := json.Marshal(model)
	if err != nil {
		panic(err)
	}
	return text
}

// The name as an exported one: `Idempotency-Key` is IdempotencyKey.
func camel(name string) string {
	words := strings.FieldsFunc(name, func(c rune) bool { return c == '-' || c == '_' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

func told(line []byte) (said any) {
	defer func() {
		if failure := recover(); failure != nil {
			said = map[string]string{"failed": fmt.Sprint(failure)}
		}
	}()
	var of call
	if err := json.Unmarshal(line, &of); err != nil {
		panic(err)
	}
	return made(of)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Println(string(written(told(lines.Bytes()))))
	}
}
